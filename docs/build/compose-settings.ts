/** Variables that docker-compose.yml reads for itself, and no service of ours. */
export const composeSettings = {
  POSTGRES_PASSWORD:
    'Password of the PostgreSQL server, with which only the migrations connect. It becomes part of a URL, like all passwords here: letters and digits only. PostgreSQL takes it at its first start; later, change it there with ALTER ROLE as well.',
  AUTH_DATABASE_PASSWORD:
    "Of auth's login, which opens one database. The migrations set it: to change it, change it here.",
  USERS_DATABASE_PASSWORD: "The same of users' login.",
  CREDITS_DATABASE_PASSWORD: "The same of credits' login.",
  USAGE_DATABASE_PASSWORD: "The same of usage's login.",
  LLM_DATABASE_PASSWORD: "The same of the LLM gateway's login.",
  EXAMPLE_DATABASE_PASSWORD: "The same of the example backend's login.",
  REDIS_PASSWORD: 'Password of Redis, for its operators.',
  REDIS_SERVICE_PASSWORD: 'Password of Redis, for the services, which administer nothing there.',
  TURNPIKE_IMAGE:
    'The image. By default `docker compose up --build` builds it here; see TURNPIKE_PULL_POLICY for one that a registry has.',
  TURNPIKE_PULL_POLICY: '`missing` pulls an image that a registry has.',
  TURNPIKE_VERSION: 'The release that /health shows, given to the image when it is built.',
  EDGE_BIND: 'Where the edge is published, in clear text: an address of this host.',
  EDGE_PORTS: 'One port, or a range with a port for each edge.',
  CONSOLE_BIND: 'Where the console is published, in clear text: an address of this host.',
  CONSOLE_PORTS: 'One port, or a range with a port for each console.',
  ROUTES_FILE: 'The routes file on this host: destinations and their rules. It is mounted into the edge.',
  FLASH_URL: 'Addresses of the backends that the routes file names; those of the example unless told.',
  CLOCKCHAIN_URL: 'The same for Clockchain.',
  BILLING_URL: 'The same for Billing.',
  FLASH_SERVICE_KEY: 'What the gateway presents to the backend Flash as X-Service-Key.',
  CLOCKCHAIN_SERVICE_KEY: 'The same for Clockchain.',
  BILLING_SERVICE_KEY: 'The same for Billing.',
  REDIS_MAXMEMORY: 'Memory of Redis; a write that does not fit is refused.',
} as const;
