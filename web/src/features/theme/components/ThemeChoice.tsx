import { Icon, type IconName } from '@/ui/Icon'
import { setTheme, type Theme, useTheme } from '../hooks/useTheme'

const THEMES: { theme: Theme; label: string; icon: IconName }[] = [
  { theme: 'light', label: 'Light', icon: 'sun' },
  { theme: 'dark', label: 'Dark', icon: 'moon' },
  { theme: 'system', label: 'System', icon: 'screen' },
]

export function ThemeChoice() {
  const current = useTheme()
  return (
    <fieldset className="inline-flex rounded-xl border border-line bg-sunk p-1">
      <legend className="sr-only">Theme</legend>
      {THEMES.map(({ theme, label, icon }) => (
        <label key={theme} className="flex cursor-pointer items-center gap-2 rounded-lg px-3 py-1.5 text-sm text-soft has-checked:bg-raised has-checked:text-ink has-checked:shadow-card has-focus-visible:outline-2 has-focus-visible:outline-accent">
          <input type="radio" name="theme" value={theme} checked={current === theme} onChange={() => { setTheme(theme) }} className="sr-only" />
          <Icon name={icon} size={16} />
          {label}
        </label>
      ))}
    </fieldset>
  )
}
