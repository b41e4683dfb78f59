/** The ledger's rules once more, in memory and as plainly as they can be said: what the database must equal. Amounts are whole credits. */
interface ModelGrant {
  readonly id: string;
  readonly priority: number;
  /** `Infinity`: never. */
  expiresAt: number;
  remaining: number;
  held: number;
}

interface ModelHold {
  readonly id: string;
  readonly amount: number;
  expiresAt: number;
  state: 'open' | 'settled' | 'released' | 'expired';
  readonly draws: { readonly grant: ModelGrant; readonly amount: number }[];
  charged: number;
}

export interface ModelSums {
  readonly available: number;
  readonly held: number;
  readonly debt: number;
  readonly earned: number;
  readonly spent: number;
}

export class ModelAccount {
  readonly grants: ModelGrant[] = [];
  readonly holds: ModelHold[] = [];
  readonly tombstones = new Set<string>();
  debt = 0;
  earned = 0;
  spent = 0;
  closed = false;

  sums(now: number): ModelSums {
    const available = this.debt > 0 ? 0 : this.#free(now);
    return { available, held: this.#held(), debt: this.debt, earned: this.earned, spent: this.spent };
  }

  grant(
    id: string,
    amount: number,
    priority: number,
    expiresAt: number,
    now: number,
  ): 'granted' | 'closed' | 'expired' {
    if (this.closed) return 'closed';
    if (expiresAt <= now) return 'expired';
    this.grants.push({ id, priority, expiresAt, remaining: amount, held: 0 });
    this.earned += amount;
    this.#repay(now);
    return 'granted';
  }

  reserve(id: string, amount: number, expiresAt: number, now: number): 'reserved' | 'gone' | 'closed' | 'insufficient' {
    if (this.tombstones.has(id)) return 'gone';
    if (this.closed) return 'closed';
    if (amount > 0 && (this.debt > 0 || this.#free(now) < amount)) return 'insufficient';
    const draws = this.#spendable(now, amount);
    for (const { grant, amount: drawn } of draws) grant.held += drawn;
    this.holds.push({ id, amount, expiresAt, state: 'open', draws, charged: 0 });
    return 'reserved';
  }

  spend(amount: number, now: number): 'spent' | 'closed' | 'insufficient' {
    if (this.closed) return 'closed';
    if (this.debt > 0 || this.#free(now) < amount) return 'insufficient';
    this.#take(amount, now);
    this.spent += amount;
    return 'spent';
  }

  settle(id: string, amount: number | undefined, now: number): string {
    const hold = this.holds.find((one) => one.id === id);
    if (!hold) return this.tombstones.has(id) ? 'already_released' : 'not_found';
    if (hold.state === 'settled') return `settled ${hold.charged}`;
    if (hold.state === 'released') return 'already_released';
    const charge = amount ?? hold.amount;
    const beyond = charge - this.#unhold(hold, charge);
    this.debt += beyond - this.#take(beyond, now);
    this.spent += charge;
    hold.state = 'settled';
    hold.charged = charge;
    this.#repay(now);
    return `settled ${charge}`;
  }

  release(id: string, now: number): string {
    const hold = this.holds.find((one) => one.id === id);
    if (!hold) {
      this.tombstones.add(id);
      return 'released 0';
    }
    if (hold.state === 'settled') return 'already_settled';
    if (hold.state !== 'released') this.#unhold(hold, 0);
    hold.state = 'released';
    this.#repay(now);
    return `released ${hold.amount}`;
  }

  extend(id: string, expiresAt: number): 'extended' | 'resolved' | 'not_found' {
    const hold = this.holds.find((one) => one.id === id);
    if (hold?.state !== 'open') return hold ? 'resolved' : 'not_found';
    hold.expiresAt = Math.max(hold.expiresAt, expiresAt);
    return 'extended';
  }

  sweep(now: number): void {
    const due = this.holds.filter((hold) => hold.state === 'open' && hold.expiresAt <= now);
    for (const hold of due.toSorted((left, right) => left.expiresAt - right.expiresAt)) {
      this.#unhold(hold, 0);
      hold.state = 'expired';
      this.#repay(now);
    }
  }

  voidGrant(id: string, now: number): void {
    const grant = this.grants.find((one) => one.id === id);
    if (grant) grant.expiresAt = Math.min(grant.expiresAt, now);
  }

  /** Ends a hold; returns how much of the charge it covered. */
  #unhold(hold: ModelHold, charge: number): number {
    if (hold.state !== 'open') return 0;
    let left = charge;
    for (const { grant, amount } of hold.draws) {
      const used = Math.min(left, amount);
      grant.held -= amount;
      grant.remaining -= used;
      left -= used;
    }
    return charge - left;
  }

  #held(): number {
    return this.grants.reduce((sum, grant) => sum + grant.held, 0);
  }

  #inOrder(now: number): ModelGrant[] {
    return this.grants
      .filter((grant) => grant.expiresAt > now && grant.remaining > grant.held)
      .toSorted(
        (left, right) =>
          left.priority - right.priority || compare(left.expiresAt, right.expiresAt) || (left.id < right.id ? -1 : 1),
      );
  }

  #free(now: number): number {
    return this.#inOrder(now).reduce((sum, grant) => sum + grant.remaining - grant.held, 0);
  }

  #spendable(now: number, amount: number): { grant: ModelGrant; amount: number }[] {
    let left = amount;
    return this.#inOrder(now).flatMap((grant) => {
      const drawn = Math.min(left, grant.remaining - grant.held);
      left -= drawn;
      return drawn > 0 ? [{ grant, amount: drawn }] : [];
    });
  }

  /** Takes up to `amount` of what is free; returns how much. */
  #take(amount: number, now: number): number {
    const draws = this.#spendable(now, amount);
    for (const draw of draws) draw.grant.remaining -= draw.amount;
    return draws.reduce((sum, draw) => sum + draw.amount, 0);
  }

  #repay(now: number): void {
    this.debt -= this.#take(this.debt, now);
  }
}

function compare(left: number, right: number): number {
  return left === right ? 0 : left - right;
}
