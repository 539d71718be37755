/** The purpose of the product's secrets; every other one is the service's own. */
export const VAULT = 'vault';
