/** Tables of this database that hold personal data, and what an erasure does to their rows (`usage_erase_user`). A test fails until a new one is named. */
export const PERSONAL_TABLES: Readonly<Record<string, string>> = {
  request_record:
    'what a person did for themselves is deleted; what they did within an organisation stays without their id, session and request id',
  unmatched_call: 'calls of language models that wait for their request record; deleted',
  usage_rollup: 'sums of a person become nobody’s; those within an organisation stay its own',
  unmatched_record: 'records of calls of language models that wait for their call, beside a second store; deleted',
  pending_completion: 'records that a second store is about to be told of; written there before an erasure goes on',
  imported_day:
    'how far a copy from another store is: may name the last whose sums are there; it goes when that day is copied, or with the row',
  pending_erasure: 'the id of a person whose erasure from a second store is under way; it goes with the erasure',
};

/** Tables without personal data, and why. */
export const IMPERSONAL_TABLES: Readonly<Record<string, string>> = {
  stored_batch: 'names and numbers of batches',
  usage_traffic: 'sums of everybody’s requests by minute, without whose they are',
  producer: 'names of processes that leave records, and how many batches came of each',
  unreadable_entry: 'ids of entries, and why they could not be read',
  erased_user:
    'bare ids of people who were erased in the last days, so that what was under way then does not name them again',
  late_record: 'ids of records that were stored late, without whose they are',
  late_batch: 'which hours of organisations have archives of late records',
  charge_comparison: 'sums of days',
  _prisma_migrations: 'names of migrations',
  _turnpike_functions: 'names and digests of the files of SQL functions',
};
