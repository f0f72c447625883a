// node schemas.mjs SCHEMA.json
//   SCHEMA's examples/valid must all be accepted and its examples/invalid all be rejected; each keyword that the schema uses needs an
//   invalid example named KEYWORD-*, rejected because of that keyword. An invalid example named beyond-schema-* breaks a rule that no schema
//   can state: the schema accepts it, and what reads the documents must refuse it. Prints a fault a line, then the counts; exits 1 on a fault.
import { basename, dirname, join } from 'node:path';
import { compile, isCause, keywordsOf } from './causes.mjs';
import { filesOf, read } from './documents.mjs';

const [path] = process.argv.slice(2);
const [schema] = read(path);
const accepts = compile(schema, { strict: true });
const keywords = [...keywordsOf(schema).keys()];
const examples = kind => filesOf(join(dirname(path), 'examples', kind));
const faults = [];

const valid = examples('valid');
if (valid.length === 0) {
  faults.push(`${path}: no example stands in examples/valid`);
}
for (const file of valid) {
  for (const document of read(file)) {
    if (!accepts(document)) {
      faults.push(`${file}: rejected, but must be valid: ${accepts.errors.map(error => `${error.instancePath || '/'} ${error.message}`).join('; ')}`);
    }
  }
}

const covered = new Set();
const invalid = examples('invalid');
for (const file of invalid) {
  const rejected = read(file).filter(document => !accepts(document));
  const keyword = keywords.find(each => basename(file).startsWith(`${each}-`));
  if (basename(file).startsWith('beyond-schema-')) {
    if (rejected.length > 0) {
      faults.push(`${file}: rejected by the schema, which its name denies`);
    }
  } else if (rejected.length === 0) {
    faults.push(`${file}: accepted, but must be invalid`);
  } else if (keyword !== undefined && !rejected.some(document => isCause(keyword, schema, document))) {
    faults.push(`${file}: rejected, but not because of '${keyword}' alone`);
  } else if (keyword !== undefined) {
    covered.add(keyword);
  }
}

keywords.filter(keyword => !covered.has(keyword))
  .forEach(keyword => faults.push(`${path}: the schema uses '${keyword}', but no file examples/invalid/${keyword}-* shows what it rejects`));

faults.forEach(fault => console.log(fault));
console.log(`valid ${valid.length} invalid ${invalid.length} keywords ${keywords.length}`);
process.exitCode = faults.length === 0 ? 0 : 1;
