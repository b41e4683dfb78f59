import { generateKeyPairSync, randomUUID, sign, type KeyObject } from 'node:crypto';

/** What Apple marks its certificates with: those that sign purchases, and the one that issues them. */
const LEAF_MARKER = '1.2.840.113635.100.6.11.1';
const ISSUER_MARKER = '1.2.840.113635.100.6.2.1';
const COMMON_NAME = '2.5.4.3';
const BASIC_CONSTRAINTS = '2.5.29.19';
const ECDSA_WITH_SHA256 = '1.2.840.10045.4.3.2';

/** Facts of a transaction as Apple signs them. */
type Facts = Readonly<Record<string, unknown>>;

/** The App Store as far as its library can tell: it signs by a chain of its own making, which leads to `root`. */
export interface AppStoreStandIn {
  /** Its root certificate (DER) in base64. */
  readonly root: string;
  /** A signed statement (JWS) of any content. */
  sign(payload: Facts): string;
  /** A signed transaction; of the sandbox, and of now, unless told. */
  transaction(facts: Facts): string;
  /** A signed notification with a signed transaction, and with what is to become of it. */
  notification(type: string, told: { transaction?: Facts; renewal?: Facts; data?: Facts; more?: Facts }): string;
}

/** A store that sells the app `bundleId`. `marked: false`: by certificates that are not for purchases. */
export function createAppStore(bundleId: string, { marked = true }: { marked?: boolean } = {}): AppStoreStandIn {
  const [rootKeys, issuerKeys, leafKeys] = [keys(), keys(), keys()];
  const root = certificate({ name: 'Root', keys: rootKeys, by: { name: 'Root', keys: rootKeys }, ca: true });
  const issuer = certificate({
    name: 'Issuer',
    keys: issuerKeys,
    by: { name: 'Root', keys: rootKeys },
    ca: true,
    marker: ISSUER_MARKER,
  });
  const leaf = certificate({
    name: 'Leaf',
    keys: leafKeys,
    by: { name: 'Issuer', keys: issuerKeys },
    ca: false,
    ...(marked ? { marker: LEAF_MARKER } : {}),
  });
  const header = base64url({ alg: 'ES256', x5c: [leaf, issuer, root].map((der) => der.toString('base64')) });

  const signed = (payload: Facts): string => {
    const text = `${header}.${base64url(payload)}`;
    const signature = sign('sha256', Buffer.from(text), { key: leafKeys.privateKey, dsaEncoding: 'ieee-p1363' });
    return `${text}.${signature.toString('base64url')}`;
  };
  const common = (): Facts => ({ bundleId, environment: 'Sandbox', signedDate: Date.now() });
  return {
    root: root.toString('base64'),
    sign: signed,
    transaction: (facts) => signed({ ...common(), ...facts }),
    notification(type, { transaction, renewal, data, more }) {
      const at = more?.['signedDate'] === undefined ? {} : { signedDate: more['signedDate'] };
      return signed({
        notificationType: type,
        notificationUUID: randomUUID(),
        version: '2.0',
        signedDate: Date.now(),
        data: {
          bundleId,
          environment: 'Sandbox',
          ...(transaction && { signedTransactionInfo: signed({ ...common(), ...at, ...transaction }) }),
          ...(renewal && {
            signedRenewalInfo: signed({ environment: 'Sandbox', signedDate: Date.now(), ...at, ...renewal }),
          }),
          ...data,
        },
        ...more,
      });
    },
  };
}

interface Keys {
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
}
const keys = (): Keys => generateKeyPairSync('ec', { namedCurve: 'P-256' });
const base64url = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/** An X.509 certificate (RFC 5280) in DER. */
function certificate(of: {
  readonly name: string;
  readonly keys: Keys;
  readonly by: { readonly name: string; readonly keys: Keys };
  readonly ca: boolean;
  readonly marker?: string;
}): Buffer {
  const algorithm = sequence(oid(ECDSA_WITH_SHA256));
  const constraints = sequence(...(of.ca ? [der(0x01, Buffer.from([0xff]))] : []));
  const extensions = [
    sequence(oid(BASIC_CONSTRAINTS), der(0x04, constraints)),
    ...(of.marker === undefined ? [] : [sequence(oid(of.marker), der(0x04, der(0x05)))]),
  ];
  const content = sequence(
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, Buffer.from([1])),
    algorithm,
    nameOf(of.by.name),
    sequence(der(0x18, Buffer.from('20200101000000Z')), der(0x18, Buffer.from('20400101000000Z'))),
    nameOf(of.name),
    of.keys.publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, sequence(...extensions)),
  );
  const signature = sign('sha256', content, of.by.keys.privateKey);
  return sequence(content, algorithm, der(0x03, Buffer.concat([Buffer.from([0]), signature])));
}

const nameOf = (text: string): Buffer => sequence(der(0x31, sequence(oid(COMMON_NAME), der(0x0c, Buffer.from(text)))));
const sequence = (...parts: Buffer[]): Buffer => der(0x30, Buffer.concat(parts));

/** A value of ASN.1 with its tag and length. */
function der(tag: number, content: Buffer = Buffer.alloc(0)): Buffer {
  const length = content.length;
  if (length < 0x80) return Buffer.concat([Buffer.from([tag, length]), content]);
  return Buffer.concat([Buffer.from([tag, 0x82, length >> 8, length & 0xff]), content]);
}

function oid(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  return der(0x06, Buffer.from([first * 40 + second, ...rest.flatMap(base128)]));
}

function base128(value: number): number[] {
  const digits = [value & 0x7f];
  for (let left = value >> 7; left > 0; left >>= 7) digits.unshift((left & 0x7f) | 0x80);
  return digits;
}
