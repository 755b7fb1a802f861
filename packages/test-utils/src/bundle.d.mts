export function bundle(
  entry: Readonly<Record<string, string>>,
  outDir: string,
  format?: 'esm' | 'cjs',
  options?: { readonly external?: readonly string[] },
): Promise<void>;
