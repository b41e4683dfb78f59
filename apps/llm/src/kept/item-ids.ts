/** The ids of items of a response or a conversation; none where the vendor shows no list of them. */
export function itemIdsOf(items: unknown): readonly string[] {
  if (!Array.isArray(items)) return [];
  return items.flatMap((item: unknown) => {
    const id = typeof item === 'object' && item !== null && 'id' in item ? item.id : undefined;
    return typeof id === 'string' && id !== '' ? [id] : [];
  });
}
