/** The ids of items of a response or a conversation; none where the vendor shows no list of them. */
export function itemIdsOf(items: unknown): readonly string[] {
  if (!Array.isArray(items)) return [];
  return items.flatMap((item: unknown) => {
    const id = typeof item === 'object' && item !== null && 'id' in item ? item.id : undefined;
    return typeof id === 'string' && id !== '' ? [id] : [];
  });
}

/** The containers in which items of a response were worked on. */
export function containerIdsOf(items: unknown): readonly string[] {
  if (!Array.isArray(items)) return [];
  return items.flatMap((item: unknown) => {
    const { container_id: own, environment } = Object(item) as { container_id?: unknown; environment?: unknown };
    const id = own ?? (Object(environment) as { container_id?: unknown }).container_id;
    return typeof id === 'string' && id !== '' ? [id] : [];
  });
}
