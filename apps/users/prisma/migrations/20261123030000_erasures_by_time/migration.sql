-- Receipts are listed by their moments, however many there are.
CREATE INDEX erasure_requested_at_idx ON erasure (requested_at DESC, id DESC);
