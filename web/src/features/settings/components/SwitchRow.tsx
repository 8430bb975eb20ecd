import { useId } from 'react'
import { Row } from './Rows'

interface SwitchRowProps {
  label: string
  on: boolean
  disabled: boolean
  onChange: (on: boolean) => void
}

/** A choice that is on or off, and takes effect at once. */
export function SwitchRow({ label, on, disabled, onChange }: SwitchRowProps) {
  const id = useId()
  return (
    <Row>
      <label htmlFor={id} className="min-w-0 flex-1 text-sm font-medium">{label}</label>
      <input id={id} type="checkbox" role="switch" checked={on} disabled={disabled} onChange={(event) => { onChange(event.target.checked) }} className="switch" />
    </Row>
  )
}
