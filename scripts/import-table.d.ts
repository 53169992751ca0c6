export const importTable: Record<string, { values: string[]; types: string[] }>;
export function importProblem(importer: string, source: string, onlyTypes: boolean): string | null;
