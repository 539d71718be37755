import ipaddr from 'ipaddr.js';
import { Reader, type Response } from 'mmdb-lib';

/** What we read of a record of GeoLite2 or DB-IP, City or Country. */
interface PlaceRecord {
  readonly city?: Named;
  readonly country?: Named;
  readonly registered_country?: Named;
}

interface Named {
  readonly names?: { readonly en?: unknown };
}

/** Where addresses are, from a file in the MaxMind DB format (specification version 2.0). */
export class GeoDatabase {
  private readonly reader: Reader<Response>;

  /** Throws for what is no such file, and for one that ends too soon. */
  constructor(file: Buffer) {
    this.reader = new Reader(file);
    const { searchTreeSize, nodeCount } = this.reader.metadata;
    if (!(nodeCount > 0 && searchTreeSize < file.length)) throw new Error('It ends too soon.');
  }

  /** "Berlin, Germany", or the country alone; null where the database knows neither. Throws for a damaged file. */
  placeOf(ip: string): string | null {
    const address = ipaddr.process(ip);
    if (address.kind() === 'ipv6' && this.reader.metadata.ipVersion === 4) return null;
    const record = this.reader.get(address.toString()) as PlaceRecord | null;
    const city = englishName(record?.city);
    const country = englishName(record?.country) ?? englishName(record?.registered_country);
    const names = [city, country].filter((name) => name !== undefined);
    return names.length > 0 ? names.join(', ') : null;
  }
}

function englishName(part: Named | undefined): string | undefined {
  const name = part?.names?.en;
  return typeof name === 'string' && name !== '' ? name : undefined;
}
