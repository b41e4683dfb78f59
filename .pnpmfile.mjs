/**
 * Scalar's reference page is used as the one browser file that it publishes. The 240 packages which that file was built from would be
 * installed for nothing.
 */
function readPackage(manifest) {
  return manifest.name === '@scalar/api-reference' ? { ...manifest, dependencies: {} } : manifest;
}

export const hooks = { readPackage };
