const words = new Intl.DateTimeFormat('en', { dateStyle: 'medium', timeStyle: 'medium', hourCycle: 'h23' })

/** "Nov 28, 2026, 07:35:10": when a run was started, to tell it from others. */
export function moment(time: string): string {
  return words.format(new Date(time))
}
