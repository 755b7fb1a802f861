import { ask, quietly, SetupError } from './processes.mjs';

/**
 * Installs those of Debian's packages that are not there.
 * @param what that needs them
 * @param present whether each package is there, by name
 */
export function installDebianPackages(what, present) {
  const missing = Object.keys(present).filter((name) => !present[name]);
  if (missing.length === 0) return;
  const isRoot = process.getuid?.() === 0;
  const hasApt = ask('apt-get', ['--version']) !== undefined;
  if (!hasApt || !(isRoot || ask('sudo', ['-n', 'true']) !== undefined)) {
    throw new SetupError(
      `${what} needs ${missing.join(', ')}: run "apt-get update && apt-get install -y ${missing.join(' ')}" as root, or install the like of your system.`,
    );
  }
  const apt = (doing, ...args) => {
    const [command, ...rest] = isRoot ? ['apt-get', ...args] : ['sudo', '-n', 'apt-get', ...args];
    quietly(doing, command, rest, { env: { DEBIAN_FRONTEND: 'noninteractive' } });
  };
  apt("Updating Debian's package lists", 'update');
  apt(`Installing ${missing.join(', ')}`, 'install', '-y', ...missing);
}
