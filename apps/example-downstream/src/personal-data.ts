/** Tables of this database that hold what belongs to a user; `erase_user` in the migration erases each of them. */
export const PERSONAL_TABLES: readonly string[] = ['timepoint', 'moment'];

/** Tables without personal data, and why. */
export const IMPERSONAL_TABLES: Readonly<Record<string, string>> = {
  erased_user: 'bare ids of erased users, so that nothing late is written for them',
  _prisma_migrations: 'names of migrations',
  _turnpike_functions: 'names and digests of the files of SQL functions',
};
