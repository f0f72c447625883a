// Which keyword makes a schema reject an instance.
//
// The list of errors cannot say: it never names $ref, properties, items or allOf, and below a oneOf it names the faults of every branch.
// So a keyword counts as the cause when neutralising one of its occurrences, and nothing else, makes the schema accept the instance.
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
const { default: Ajv2020 } = require('ajv/dist/2020.js');
const { default: addFormats } = require('ajv-formats');

const schemas = ['not', 'if', 'then', 'else', 'items', 'contains', 'additionalProperties', 'propertyNames', 'unevaluatedItems', 'unevaluatedProperties'];
const lists = ['allOf', 'anyOf', 'oneOf', 'prefixItems'];
const maps = ['properties', 'patternProperties', 'dependentSchemas'];
const assertions = ['$ref', '$dynamicRef', 'type', 'enum', 'const', 'multipleOf', 'maximum', 'exclusiveMaximum', 'minimum', 'exclusiveMinimum', 'maxLength', 'minLength',
  'pattern', 'maxItems', 'minItems', 'uniqueItems', 'maxContains', 'minContains', 'maxProperties', 'minProperties', 'required', 'dependentRequired', 'format'];
const rejecting = new Set([...schemas, ...lists, ...maps, ...assertions]);

/** A validator of one schema, which may refer to the others by their $id. Strict: an unknown keyword or format is an error. */
export function compile(schema, { others = [], strict = false, validateSchema = true } = {}) {
  // What strict adds for types and required would forbid conditions, which state neither of their own.
  const ajv = new Ajv2020({ allErrors: true, strict, strictTypes: false, strictRequired: false, validateSchema });
  addFormats(ajv);
  others.forEach(other => ajv.addSchema(other));
  return ajv.compile(schema);
}

/** Every keyword of the schema that can reject something, with its occurrences as paths into the schema. */
export function keywordsOf(schema) {
  const found = new Map();
  walk(schema, []);
  return found;

  function walk(node, path) {
    if (node === null || typeof node !== 'object') {
      return;
    }
    for (const [keyword, value] of Object.entries(node)) {
      if (rejecting.has(keyword) && canReject(keyword, value)) {
        found.set(keyword, [...found.get(keyword) ?? [], [...path, keyword]]);
      }
      if (schemas.includes(keyword)) {
        walk(value, [...path, keyword]);
      } else if (lists.includes(keyword)) {
        value.forEach((item, index) => walk(item, [...path, keyword, index]));
      } else if (maps.includes(keyword) || keyword === '$defs') {
        Object.entries(value).forEach(([name, item]) => walk(item, [...path, keyword, name]));
      }
    }
  }
}

/** Whether one occurrence of the keyword is all that stands between the schema and the instance. */
export function isCause(keyword, schema, instance, options = {}) {
  return (keywordsOf(schema).get(keyword) ?? []).some(path => neutralised(schema, path, options)(instance));
}

const compiled = new WeakMap();

function neutralised(schema, path, options) {
  const known = compiled.get(schema) ?? new Map();
  compiled.set(schema, known);
  const key = path.join('/');
  const accepts = known.get(key) ?? compile(neutralise(schema, path), { ...options, strict: false, validateSchema: false });
  known.set(key, accepts);
  return accepts;
}

// The schema that accepts everything is written true or {}; an empty list of properties or of names rejects nothing either.
function canReject(keyword, value) {
  if (schemas.includes(keyword) && keyword !== 'not') {
    return value !== true && !isEmpty(value);
  }
  return !((maps.includes(keyword) || keyword === 'required' || keyword === 'dependentRequired') && isEmpty(value)) && !(keyword === 'uniqueItems' && !value);
}

const isEmpty = value => typeof value === 'object' && Object.keys(value).length === 0;

/** A copy of the schema in which this occurrence accepts everything; the names that it declares stay declared. */
function neutralise(schema, path) {
  const copy = structuredClone(schema);
  const keyword = path.at(-1);
  const owner = path.slice(0, -1).reduce((node, step) => node[step], copy);
  if (path.filter(step => step === 'not').length % 2 === 1 && keyword !== 'not') {
    // What a 'not' holds rejects by accepting: to neutralise it, let it accept nothing.
    owner.not = true;
  } else if (maps.includes(keyword)) {
    Object.keys(owner[keyword]).forEach(name => { owner[keyword][name] = true; });
  } else if (keyword === 'additionalProperties' || keyword === 'items') {
    owner[keyword] = true;
  } else {
    delete owner[keyword];
  }
  return copy;
}
