// Reads the documents of a file: one in .json, several in .ndjson and in .yaml.
import { readFileSync, readdirSync } from 'node:fs';
import { extname, join } from 'node:path';
import { parseAllDocuments } from 'yaml';

export function read(path) {
  const text = readFileSync(path, 'utf8');
  switch (extname(path)) {
    case '.json':
      return [JSON.parse(text)];
    case '.ndjson':
      return text.split('\n').filter(line => line.trim() !== '').map(line => JSON.parse(line));
    case '.yaml':
    case '.yml':
      return parseAllDocuments(text).map(document => {
        if (document.errors.length > 0) {
          throw new Error(`${path}: ${document.errors[0].message}`);
        }
        return document.toJS();
      });
    default:
      throw new Error(`${path}: name it .json, .ndjson or .yaml`);
  }
}

/** The files of a folder, in order of name, as full paths; none where the folder is missing. */
export function filesOf(folder) {
  try {
    return readdirSync(folder, { withFileTypes: true })
      .filter(entry => entry.isFile()).map(entry => join(folder, entry.name)).sort();
  } catch (error) {
    if (error.code === 'ENOENT') {
      return [];
    }
    throw error;
  }
}
