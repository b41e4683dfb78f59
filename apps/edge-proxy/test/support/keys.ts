/** The secrets that all processes of a test share. */
export const KEYS = {
  SERVICE_API_KEY: 'edge-test-service-key-0123456789abcdef',
  ADMIN_API_KEY: 'edge-test-admin-key-0123456789abcdef',
  GATEWAY_SIGNING_SECRET: 'edge-test-signing-secret-0123456789abcdef',
  INTERNAL_SIGNING_SECRET: 'edge-test-internal-secret-0123456789abcdef',
  FLASH_SERVICE_KEY: 'edge-test-flash-key-0123456789abcdef',
  CLOCKCHAIN_SERVICE_KEY: 'edge-test-clockchain-key-0123456789abcdef',
  BILLING_SERVICE_KEY: 'edge-test-billing-key-0123456789abcdef',
  AUTH_ENCRYPTION_KEY: 'edge-test-encryption-key-0123456789abcdef',
} as const;
