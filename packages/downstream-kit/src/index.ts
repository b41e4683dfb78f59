export { requireAdminKey } from './require-admin-key.ts';
export { requireServiceKey } from './require-service-key.ts';
export { tenantId } from './tenant-id.ts';
export { userId } from './user-id.ts';
export { verifyGatewaySignature } from './verify-gateway-signature.ts';
