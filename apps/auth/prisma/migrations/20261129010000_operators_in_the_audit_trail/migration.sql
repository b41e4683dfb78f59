-- Which operator acted, and entries found by actor, operator and request.
ALTER TABLE audit_event ADD COLUMN operator_id uuid;
GRANT UPDATE (operator_id) ON audit_event TO turnpike_auth_service;
CREATE INDEX audit_event_actor_idx ON audit_event (actor, at DESC, id DESC);
CREATE INDEX audit_event_operator_id_idx ON audit_event (operator_id, at DESC, id DESC) WHERE operator_id IS NOT NULL;
CREATE INDEX audit_event_request_id_idx ON audit_event (request_id) WHERE request_id IS NOT NULL;
