/** A password as lists know it: however it is capitalised, and whichever way its characters are composed. */
export const fold = (password: string): string => password.normalize('NFKC').toLowerCase().trim();

/** Characters as people count them, more or less: code points of the composed form (NIST SP 800-63B-4). */
export const lengthOf = (password: string): number => [...password.normalize('NFC')].length;
