import { readFileSync } from 'node:fs';
import { internalSigningSecrets, type Logger } from '@turnpike/service-kit';
import type { EdgeConfig } from '../config.ts';
import { RouteTable } from '../domain/route-table.ts';
import type { Route } from '../domain/route.ts';
import type { UpstreamDefinition } from '../domain/upstream-definition.ts';
import type { Exchange, Reply } from '../pipeline/exchange.ts';
import { startHealthChecks } from '../upstream/health-check.ts';
import { Upstream } from '../upstream/upstream.ts';
import { checkRoutesFile } from './check-routes-file.ts';
import { routesOf, upstreamsOf } from './compile-routes-file.ts';
import { digestOf } from './digest.ts';
import { firstPartyRoutes, firstPartyUpstreams } from './first-party.ts';
import { readRoutesFile, RoutesFileError } from './read-routes-file.ts';

/** Answers a request of an own route; nothing where it has written to the response by itself. */
export type OwnAnswer = (exchange: Exchange) => Reply | undefined | Promise<Reply>;

/** A route that the edge answers itself. */
export interface OwnRoute {
  readonly route: Route;
  readonly answer: OwnAnswer;
  /** Whether requests count against the caller's limits. */
  readonly counted: boolean;
}

/** Everything that decides where a request goes, swapped as a whole. */
export interface RoutingState {
  readonly table: RouteTable;
  readonly upstreams: ReadonlyMap<string, Upstream>;
  readonly local: ReadonlyMap<string, OwnAnswer>;
  readonly uncounted: ReadonlySet<string>;
  /** Ids of the routes that the file has brought. */
  readonly fromFile: ReadonlySet<string>;
  /** Of the file's text, so that edges can be compared. */
  readonly digest: string;
  readonly loadedAt: Date;
}

/** A routes file that was not taken. */
export interface RefusedFile {
  readonly at: Date;
  readonly faults: readonly string[];
}

/** The routes in force, and their replacement by a new routes file while requests run. */
export class Routing {
  readonly #config: EdgeConfig;
  readonly #own: readonly OwnRoute[];
  readonly #logger: Logger;
  readonly #stopChecks = new Map<Upstream, () => void>();
  #current: RoutingState;
  #refused: RefusedFile | undefined;

  /** Throws `RoutesFileError` when the file cannot be used. */
  constructor(config: EdgeConfig, own: readonly OwnRoute[], logger: Logger) {
    this.#config = config;
    this.#own = own;
    this.#logger = logger;
    this.#current = this.#build(new Map());
  }

  get current(): RoutingState {
    return this.#current;
  }

  /** The last reload, where its file was refused. */
  get refused(): RefusedFile | undefined {
    return this.#refused;
  }

  /**
   * Reads the routes file again; requests under way keep their route and connections, and upstreams that did not change
   * keep theirs. Throws `RoutesFileError` and changes nothing when the new file cannot be used.
   */
  reload(): void {
    const before = this.#current.upstreams;
    this.#current = this.#take(before);
    const kept = new Set(this.#current.upstreams.values());
    for (const upstream of before.values()) {
      if (kept.has(upstream)) continue;
      this.#stopChecks.get(upstream)?.();
      this.#stopChecks.delete(upstream);
      upstream.retire();
    }
  }

  async close(): Promise<void> {
    for (const stop of this.#stopChecks.values()) stop();
    await Promise.all([...this.#current.upstreams.values()].map((upstream) => upstream.destroy()));
  }

  #take(before: ReadonlyMap<string, Upstream>): RoutingState {
    try {
      const state = this.#build(before);
      this.#refused = undefined;
      return state;
    } catch (error) {
      if (error instanceof RoutesFileError) this.#refused = { at: new Date(), faults: error.message.split('\n') };
      throw error;
    }
  }

  #build(before: ReadonlyMap<string, Upstream>): RoutingState {
    const { ROUTES_FILE, environment, production, EXPOSE_INTERNAL, SERVICE_API_KEY } = this.#config;
    const own = { serviceKey: SERVICE_API_KEY[0], signingSecret: internalSigningSecrets(this.#config)[0] };
    const taken = [...this.#own.map(({ route }) => route), ...firstPartyRoutes(EXPOSE_INTERNAL)];
    const text = readText(ROUTES_FILE);
    const file = readRoutesFile(text, ROUTES_FILE, (parts) =>
      checkRoutesFile(parts, { environment, production, taken }),
    );
    const fromFile = routesOf(file);
    const table = new RouteTable([...taken, ...fromFile]);
    const definitions = [...firstPartyUpstreams(this.#config, own), ...upstreamsOf(file, environment)];
    return {
      table,
      upstreams: new Map(
        definitions.map((definition) => [definition.name, this.#upstream(definition, before.get(definition.name))]),
      ),
      local: new Map(this.#own.map(({ route, answer }) => [route.id, answer])),
      uncounted: new Set(this.#own.filter(({ counted }) => !counted).map(({ route }) => route.id)),
      fromFile: new Set(fromFile.map(({ id }) => id)),
      digest: digestOf(text),
      loadedAt: new Date(),
    };
  }

  #upstream(definition: UpstreamDefinition, before: Upstream | undefined): Upstream {
    if (before !== undefined && JSON.stringify(before.definition) === JSON.stringify(definition)) return before;
    const upstream = new Upstream(definition);
    this.#stopChecks.set(upstream, startHealthChecks(upstream, this.#logger));
    return upstream;
  }
}

function readText(fileName: string): string {
  try {
    return readFileSync(fileName, 'utf8');
  } catch (cause) {
    throw new RoutesFileError(`${fileName}: cannot be read`, { cause });
  }
}
