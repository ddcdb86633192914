export { openDataFolder, type DataFolder, type DataFolderOptions } from './data-folder.ts';
export { fileError, systemCode } from './file-error.ts';
export { freeBytes } from './free-bytes.ts';
export { hashFile } from './hash-file.ts';
export { readJsonFile, writeJsonFile } from './json-file.ts';
export { makeFolder } from './make-folder.ts';
export { type Migration } from './migrate-folder.ts';
export { IN_MEMORY, openPrivateDatabase, type PrivateDatabaseOptions } from './open-private-database.ts';
export { isTemporaryName, syncFolder, writeFileAtomic, type WriteFileOptions } from './write-file-atomic.ts';
