import { readLabels, type Task } from '@zeroskip/batch';

/** What a command line says of a task, over what the preset says. */
export interface TaskOptions extends Partial<Pick<Task, 'task' | 'activation' | 'top' | 'threshold'>> {
  readonly fetch?: string;
  /** A file. */
  readonly labels?: string;
}

/** A preset's task, with what the options say in place of its own. */
export async function taskOf(preset: Partial<Task>, options: TaskOptions): Promise<Partial<Task>> {
  const { task, fetch, labels, activation, top, threshold } = options;
  return {
    ...preset,
    ...(task && { task }),
    ...(fetch !== undefined && { output: fetch }),
    ...(labels !== undefined && { labels: await readLabels(labels) }),
    ...(activation && { activation }),
    ...(top !== undefined && { top }),
    ...(threshold !== undefined && { threshold }),
  };
}
