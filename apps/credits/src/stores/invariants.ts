/** A rule that holds at every moment, and the query whose rows break it. `$1` is the sweep period in seconds, where it is used. */
export interface Invariant {
  /** Name in metrics and reports. */
  readonly id: string;
  /** Number in the README; the unnumbered ones support the others. */
  readonly number: number | undefined;
  readonly rule: string;
  /** Returns `subject`, `expected` and `found` of each violation, as text. */
  readonly sql: string;
}

export const INVARIANTS: readonly Invariant[] = [
  {
    id: 'balance_is_in_grants',
    number: 1,
    rule: 'balance = Σ grant.remaining',
    sql: `SELECT 'account ' || a.id AS subject, coalesce(g.total, 0)::text AS expected, a.balance::text AS found
            FROM account a LEFT JOIN (SELECT account_id, sum(remaining) AS total FROM "grant" GROUP BY 1) g ON g.account_id = a.id
           WHERE a.balance <> coalesce(g.total, 0)`,
  },
  {
    id: 'held_is_in_grants',
    number: 2,
    rule: 'held = Σ grant.held',
    sql: `SELECT 'account ' || a.id AS subject, coalesce(g.total, 0)::text AS expected, a.held::text AS found
            FROM account a LEFT JOIN (SELECT account_id, sum(held) AS total FROM "grant" GROUP BY 1) g ON g.account_id = a.id
           WHERE a.held <> coalesce(g.total, 0)`,
  },
  {
    id: 'held_is_in_reservations',
    number: 3,
    rule: 'held = Σ open reservations',
    sql: `SELECT 'account ' || a.id AS subject, coalesce(r.total, 0)::text AS expected, a.held::text AS found
            FROM account a LEFT JOIN (SELECT account_id, sum(amount) AS total FROM reservation WHERE state = 'open' GROUP BY 1) r ON r.account_id = a.id
           WHERE a.held <> coalesce(r.total, 0)`,
  },
  {
    id: 'grant_held_is_in_draws',
    number: 3,
    rule: 'grant.held = Σ what open reservations drew on it',
    sql: `SELECT 'grant ' || g.id AS subject, coalesce(d.total, 0)::text AS expected, g.held::text AS found
            FROM "grant" g LEFT JOIN (
              SELECT drawn.grant_id, sum(drawn.amount) AS total
                FROM reservation r CROSS JOIN LATERAL unnest(r.draw_grants, r.draw_amounts) AS drawn (grant_id, amount)
               WHERE r.state = 'open' GROUP BY 1) d ON d.grant_id = g.id
           WHERE g.held <> coalesce(d.total, 0)`,
  },
  {
    id: 'balance_is_in_transfers',
    number: 4,
    rule: 'balance = Σ in − Σ out of transfers',
    sql: `SELECT 'account ' || a.id AS subject, coalesce(t.total, 0)::text AS expected, a.balance::text AS found
            FROM account a LEFT JOIN (
              SELECT account_id, sum(CASE WHEN credit = 'wallet' THEN amount WHEN debit = 'wallet' THEN -amount ELSE 0 END) AS total
                FROM transfer GROUP BY 1) t ON t.account_id = a.id
           WHERE a.balance <> coalesce(t.total, 0)`,
  },
  {
    id: 'debt_is_in_transfers',
    number: 4,
    rule: 'debt, earned and spent = their transfers; debt leaves nothing free',
    sql: `SELECT 'account ' || a.id AS subject, concat_ws('/', coalesce(t.debt, 0), coalesce(t.earned, 0), coalesce(t.spent, 0)) AS expected,
                 concat_ws('/', a.debt, a.earned, a.spent) AS found
            FROM account a LEFT JOIN (
              SELECT account_id, sum(CASE WHEN debit = 'debt' THEN amount WHEN credit = 'debt' THEN -amount ELSE 0 END) AS debt,
                     sum(amount) FILTER (WHERE kind = 'grant') AS earned, sum(amount) FILTER (WHERE kind = 'charge') AS spent
                FROM transfer GROUP BY 1) t ON t.account_id = a.id
           WHERE a.debt <> coalesce(t.debt, 0) OR a.earned <> coalesce(t.earned, 0) OR a.spent <> coalesce(t.spent, 0)
              OR (a.debt > 0 AND a.balance > a.held)`,
  },
  {
    id: 'remaining_is_amount_less_debits',
    number: 5,
    rule: 'grant.remaining = amount − its debits',
    sql: `SELECT 'grant ' || g.id AS subject, (g.amount - coalesce(t.total, 0))::text AS expected, g.remaining::text AS found
            FROM "grant" g LEFT JOIN (SELECT grant_id, sum(amount) AS total FROM transfer WHERE debit = 'wallet' GROUP BY 1) t ON t.grant_id = g.id
           WHERE g.remaining <> g.amount - coalesce(t.total, 0)`,
  },
  {
    id: 'settled_is_in_transfers',
    number: 6,
    rule: "a reservation's settled amount = Σ its transfers",
    sql: `SELECT 'reservation ' || coalesce(r.id, t.reservation_id) AS subject, coalesce(t.total, 0)::text AS expected, coalesce(r.settled_amount, 0)::text AS found
            FROM reservation r FULL JOIN (
              SELECT reservation_id, sum(amount) AS total FROM transfer WHERE reservation_id IS NOT NULL GROUP BY 1) t ON t.reservation_id = r.id
           WHERE coalesce(r.settled_amount, 0) <> coalesce(t.total, 0)`,
  },
  {
    id: 'drawn_before_expiry',
    number: 7,
    rule: 'nothing was drawn from a grant already expired when drawn',
    // A grant may be voided in the very moment after it was drawn on.
    sql: `SELECT 'transfer ' || t.entry_id AS subject, 'before ' || g.expires_at AS expected, t.drawn_at::text AS found
            FROM transfer t JOIN "grant" g ON g.id = t.grant_id
           WHERE t.kind IN ('charge', 'repayment') AND (g.expires_at < t.drawn_at OR (g.expires_at = t.drawn_at AND g.voided_at IS NULL))
          UNION ALL
          SELECT 'reservation ' || r.id, 'before ' || g.expires_at, r.created_at::text
            FROM reservation r CROSS JOIN LATERAL unnest(r.draw_grants) AS d (grant_id) JOIN "grant" g ON g.id = d.grant_id
           WHERE r.state = 'open' AND (g.expires_at < r.created_at OR (g.expires_at = r.created_at AND g.voided_at IS NULL))`,
  },
  {
    id: 'resolved_once',
    number: 8,
    rule: 'a reservation resolves exactly once',
    sql: `SELECT 'reservation ' || r.id AS subject, 'one entry ' || coalesce(r.entry_id::text, 'none') AS expected, string_agg(DISTINCT t.entry_id::text, ', ') AS found
            FROM transfer t JOIN reservation r ON r.id = t.reservation_id
           GROUP BY r.id, r.entry_id
          HAVING count(DISTINCT t.entry_id) > 1 OR bool_or(t.entry_id IS DISTINCT FROM r.entry_id)`,
  },
  {
    id: 'history_is_whole',
    number: 9,
    rule: 'transfers never change: entries are numbered without a gap, each adds to the one before, and its lines add up to it',
    sql: `WITH entry AS (
            SELECT account_id, entry_id, max(seq) AS seq, max(net_amount) AS net_amount, max(balance_after) AS balance_after,
                   sum(CASE WHEN credit IN ('wallet', 'debt') THEN amount ELSE 0 END - CASE WHEN debit IN ('wallet', 'debt') THEN amount ELSE 0 END) AS lines
              FROM transfer GROUP BY 1, 2
          ), chained AS (
            SELECT *, lag(balance_after, 1, 0::bigint) OVER chain AS before, row_number() OVER chain AS place FROM entry WHERE seq IS NOT NULL
            WINDOW chain AS (PARTITION BY account_id ORDER BY seq)
          )
          SELECT 'entry ' || entry_id AS subject, concat_ws('/', place, before + net_amount, net_amount) AS expected, concat_ws('/', seq, balance_after, lines) AS found
            FROM chained WHERE seq <> place OR balance_after <> before + net_amount OR lines <> net_amount
          UNION ALL
          SELECT 'entry ' || entry_id, '0', lines::text FROM entry WHERE seq IS NULL AND lines <> 0
          UNION ALL
          SELECT 'account ' || a.id, a.entries || ' entries', coalesce(max(t.seq), 0)::text
            FROM account a LEFT JOIN transfer t ON t.account_id = a.id GROUP BY a.id, a.entries HAVING a.entries <> coalesce(max(t.seq), 0)`,
  },
  {
    id: 'transfers_are_protected',
    number: 9,
    rule: "transfers never change: the service's role may not, and a trigger stops everybody",
    sql: `SELECT 'role turnpike_credits_service' AS subject, 'no ' || privilege AS expected, privilege AS found
            FROM unnest(ARRAY['UPDATE', 'DELETE', 'TRUNCATE']) AS privilege WHERE has_table_privilege('turnpike_credits_service', 'transfer', privilege)
          UNION ALL
          SELECT 'trigger transfer_append_only', 'enabled', 'missing'
           WHERE NOT EXISTS (SELECT FROM pg_trigger WHERE tgrelid = 'transfer'::regclass AND tgname = 'transfer_append_only' AND tgenabled IN ('O', 'A'))`,
  },
  {
    id: 'holds_end_in_time',
    number: 10,
    rule: 'no open hold outlives its TTL plus one sweep period',
    sql: `SELECT 'reservation ' || id AS subject, 'closed by ' || expires_at + $1::int * interval '1 second' AS expected, 'open' AS found
            FROM reservation WHERE state = 'open' AND expires_at + $1::int * interval '1 second' < ledger_now()`,
  },
  {
    id: 'no_orphans',
    number: undefined,
    rule: 'every reservation and transfer belongs to an account, every line to a grant of that account',
    sql: `SELECT 'reservation ' || r.id AS subject, 'an account' AS expected, r.account_id::text AS found
            FROM reservation r WHERE r.account_id IS NOT NULL AND NOT EXISTS (SELECT FROM account a WHERE a.id = r.account_id)
          UNION ALL
          SELECT 'transfer ' || t.entry_id, 'an account', t.account_id::text FROM transfer t WHERE NOT EXISTS (SELECT FROM account a WHERE a.id = t.account_id)
          UNION ALL
          SELECT 'transfer ' || t.entry_id, 'a grant of its account', t.grant_id::text
            FROM transfer t WHERE t.grant_id IS NOT NULL AND NOT EXISTS (SELECT FROM "grant" g WHERE g.id = t.grant_id AND g.account_id = t.account_id)`,
  },
];
