// node openlineage.mjs SPEC events FILE.ndjson…     events as a product writes them: the event, each facet by its own schema, in its own place
// node openlineage.mjs SPEC instances               the specification's own test instances, all of which must be accepted
// node openlineage.mjs SPEC invalid FOLDER          FOLDER/SCHEMA.json: instances named KEYWORD-*, each rejected because of that keyword, one for each keyword
// SPEC is the folder that holds OpenLineage.json, facets/ and registry/. Prints a fault a line, then the counts; exits 1 on a fault.
import { readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { compile, isCause, keywordsOf } from './causes.mjs';
import { filesOf, read } from './documents.mjs';

const [spec, command, ...rest] = process.argv.slice(2);
const [core] = read(join(spec, 'OpenLineage.json'));
const acceptsEvent = compile(core);
const facets = new Map(['facets', 'registry/iceberg/facets'].flatMap(folder => filesOf(join(spec, folder))).filter(file => file.endsWith('.json')).map(file => {
  const [schema] = read(file);
  return [basename(file, '.json'), { schema, accepts: compile(schema, { others: [core] }) }];
}));

const faults = [];
const counts = { events, instances, invalid }[command](...rest);
faults.forEach(fault => console.log(fault));
console.log(counts);
process.exitCode = faults.length === 0 ? 0 : 1;

function events(...files) {
  const seen = { events: 0, facets: 0 };
  for (const file of files) {
    read(file).forEach((event, index) => {
      const where = `${file}:${index + 1}`;
      seen.events++;
      check(acceptsEvent, event, where);
      for (const [place, path, owner] of places(event)) {
        for (const [key, facet] of Object.entries(owner ?? {})) {
          seen.facets++;
          const known = facetFor(place, key);
          if (known === undefined) {
            faults.push(`${where} ${path}: '${key}' is no ${place} of the specification`);
            continue;
          }
          check(known.accepts, { [key]: facet }, `${where} ${path}`);
          if (!facet._schemaURL?.startsWith(`${known.schema.$id}#/$defs/`)) {
            faults.push(`${where} ${path}/${key}: _schemaURL is '${facet._schemaURL}', but the facet was checked by ${known.schema.$id}`);
          }
        }
      }
      if (!event.schemaURL?.startsWith(`${core.$id}#/$defs/`)) {
        faults.push(`${where}: schemaURL is '${event.schemaURL}', but the event was checked by ${core.$id}`);
      }
    });
  }
  return `events ${seen.events} facets ${seen.facets}`;
}

function instances() {
  const folder = join(spec, 'tests');
  let checked = 0;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const files = entry.isDirectory() ? filesOf(join(folder, entry.name)) : [join(folder, entry.name)];
    for (const file of files) {
      checked++;
      check(entry.isDirectory() ? facets.get(entry.name).accepts : acceptsEvent, read(file)[0], file);
    }
  }
  return `instances ${checked}`;
}

function invalid(folder) {
  let checked = 0;
  const files = filesOf(folder).filter(file => file.endsWith('.json'));
  for (const file of files) {
    const name = basename(file, '.json');
    const isCore = name === 'OpenLineage';
    const schema = isCore ? core : facets.get(name)?.schema;
    if (schema === undefined) {
      faults.push(`${file}: the specification has no schema of that name`);
      continue;
    }
    const accepts = isCore ? acceptsEvent : facets.get(name).accepts;
    const others = isCore ? [] : [core];
    const keywords = [...keywordsOf(schema).keys()];
    const covered = new Set();
    for (const [title, instance] of Object.entries(read(file)[0])) {
      checked++;
      const keyword = keywords.find(each => title.startsWith(`${each}-`));
      if (keyword === undefined) {
        faults.push(`${file}: '${title}' begins with no keyword of the schema (${keywords.join(', ')})`);
      } else if (accepts(instance)) {
        faults.push(`${file}: '${title}' is accepted, but must be invalid`);
      } else if (!isCause(keyword, schema, instance, { others })) {
        faults.push(`${file}: '${title}' is rejected, but not because of '${keyword}' alone`);
      } else {
        covered.add(keyword);
      }
    }
    keywords.filter(keyword => !covered.has(keyword))
      .forEach(keyword => faults.push(`${file}: the schema uses '${keyword}', but no instance '${keyword}-*' shows what it rejects`));
  }
  return `schemas ${files.length} invalid ${checked}`;
}

/** Each set of facets in an event: the kind of facet that may stand there, where it is, and the set. */
function* places(event) {
  yield ['RunFacet', '/run', event.run?.facets];
  yield ['JobFacet', '/job', event.job?.facets];
  for (const [list, kind, own] of [['inputs', 'InputDatasetFacet', 'inputFacets'], ['outputs', 'OutputDatasetFacet', 'outputFacets']]) {
    for (const [index, dataset] of (event[list] ?? []).entries()) {
      yield ['DatasetFacet', `/${list}/${index}`, dataset.facets];
      yield [kind, `/${list}/${index}`, dataset[own]];
    }
  }
}

/** The schema whose key this is and which derives from this kind of facet: 'ownership' of a job is not 'ownership' of a data set. */
function facetFor(place, key) {
  return [...facets.values()].find(({ schema }) =>
    schema.properties?.[key] !== undefined && JSON.stringify(schema).includes(`OpenLineage.json#/$defs/${place}"`));
}

function check(accepts, instance, where) {
  if (!accepts(instance)) {
    faults.push(`${where}: ${accepts.errors.map(error => `${error.instancePath || '/'} ${error.message}`).join('; ')}`);
  }
}
