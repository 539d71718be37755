const DATE_TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,9})?(Z|[+-]\d{2}:\d{2})?$/;

/**
 * Reads an xs:dateTime. SAML times are UTC whether or not they say so (SAML Core section 1.3.3).
 * @returns nothing for text that is not such a time
 */
export function readInstant(text: string | undefined): Date | undefined {
  const match = text === undefined ? null : DATE_TIME.exec(text);
  if (!text || !match) return undefined;
  const instant = new Date(match[2] ? text : `${text}Z`);
  return Number.isNaN(instant.getTime()) ? undefined : instant;
}
