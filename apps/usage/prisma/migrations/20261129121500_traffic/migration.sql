-- Sums of everybody's requests by minute, without whose they are: what operators see of the traffic as it comes. `route`, `upstream` and `code` are
-- empty where there is none. Rows are as many as there are ways and endings of requests, however many callers there are.
CREATE TABLE usage_traffic (
  at       timestamptz NOT NULL,
  route    text NOT NULL,
  upstream text NOT NULL,
  status   smallint NOT NULL,
  code     text NOT NULL,
  requests bigint NOT NULL,
  latency  bigint[] NOT NULL,
  PRIMARY KEY (at, route, upstream, status, code)
) PARTITION BY RANGE (at);
GRANT SELECT, INSERT, UPDATE, DELETE ON usage_traffic TO turnpike_usage_service;
