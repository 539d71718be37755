import { badRequest, quoted } from './errors';
import type { Filter } from './filter';
import type { Attribute } from './schema';
import {
  type TypedFilter,
  typedWithin,
  UnknownAttributeError,
  UnsupportedComparisonError,
} from './typed-filter';

/** The filter in the path of an operation, over the elements of an attribute. Throws invalidPath and invalidFilter. */
export function pathFilter(filter: Filter, attribute: Attribute): TypedFilter {
  try {
    return typedWithin(filter, attribute);
  } catch (error) {
    if (error instanceof UnknownAttributeError) {
      throw badRequest(
        'invalidPath',
        `The filter in path names ${quoted(error.message)}, which is not there.`,
      );
    }
    if (error instanceof UnsupportedComparisonError) {
      throw badRequest('invalidFilter', `The filter in path means nothing: ${error.message}.`);
    }
    throw error;
  }
}
