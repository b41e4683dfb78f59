-- When the App Store signed what is known of a payment: what it signed earlier changes nothing.
ALTER TABLE payment ADD COLUMN seen_at timestamptz;
CREATE INDEX payment_subscription_idx ON payment (subscription_id, period_start) WHERE subscription_id IS NOT NULL;
