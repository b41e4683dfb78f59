/** A store that speaks S3, with what it takes to write to it. */
export interface S3Store {
  /** Null: Amazon's of the region. */
  readonly endpoint: string | null;
  readonly region: string;
  readonly bucket: string;
  /** Folders that everything is put into; empty for none. */
  readonly prefix: string;
  readonly forcePathStyle: boolean;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** Whether a secret that was given for one store may be used with the other: nobody is sent what a secret of another place signed. */
export function isSamePlace(before: Omit<S3Store, 'secretAccessKey'>, now: Omit<S3Store, 'secretAccessKey'>): boolean {
  return (
    before.endpoint === now.endpoint &&
    before.region === now.region &&
    before.bucket === now.bucket &&
    before.accessKeyId === now.accessKeyId
  );
}
