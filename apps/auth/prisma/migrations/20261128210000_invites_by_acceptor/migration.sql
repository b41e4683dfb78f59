-- An erasure finds the invitations that the person accepted, however many there are.
CREATE INDEX invite_accepted_by_idx ON invite (accepted_by) WHERE accepted_by IS NOT NULL;
