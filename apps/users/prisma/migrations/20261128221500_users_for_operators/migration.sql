-- For operators, who find users by status and by a whole address.
CREATE INDEX app_user_status_idx ON app_user (status, id DESC);
CREATE INDEX app_user_email_idx ON app_user (lower(email COLLATE "C"));
