-- Who follows an error to its requests asks for the newest of a code, whosever they are. Requests that were not refused are not in it. While it is
-- built, records wait on the stream.
CREATE INDEX request_record_code_idx ON request_record (code, at DESC, id DESC) WHERE code IS NOT NULL;
