/** What stands around an address in lists of people: `Ada Lovelace <ada@acme.test>`, or a row of a table. */
const AROUND = /[\s,;<>"'()[\]]+/;

/**
 * The addresses in a text that somebody pasted: a column of a spreadsheet, lines of CSV, the recipients of a mail. Of each
 * line everything with an @ counts, each address once; a line without one is answered as it stands, to be refused with a
 * reason rather than passed over.
 */
export function addressesIn(text: string): string[] {
  const found = text
    .split(/\r\n|[\n\r]/)
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .flatMap((line) => {
      const addresses = line.split(AROUND).filter((part) => part.includes('@'));
      return addresses.length > 0 ? addresses : [line];
    });
  return [...new Map(found.map((address) => [address.toLowerCase(), address])).values()];
}
