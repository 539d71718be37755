export interface XmlAttribute {
  /** As written, with its prefix. */
  readonly name: string;
  readonly prefix: string;
  readonly uri: string;
  readonly local: string;
  readonly value: string;
}

/** One element of a document that passed: a plain tree, without ways back up or out. */
export interface XmlElement {
  readonly prefix: string;
  readonly uri: string;
  readonly local: string;
  readonly attributes: readonly XmlAttribute[];
  /** Child elements and the text between them, in document order. */
  readonly content: readonly (XmlElement | string)[];
  readonly children: readonly XmlElement[];
  /** The character data directly inside, without that of child elements. */
  readonly text: string;
}

export interface XmlLimits {
  maxDepth: number;
  maxElements: number;
  /** Of all elements together; namespace declarations count. */
  maxAttributes: number;
  /** Comments split text nodes, which parsers then read differently: refused in signed messages. */
  comments: 'refuse' | 'skip';
}
