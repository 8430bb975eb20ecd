import { type ComponentProps, useId } from 'react'

interface TextFieldProps extends ComponentProps<'input'> {
  label: string
  hint?: string
  problem?: string | null
}

export function TextField({ label, hint, problem, className = '', ...rest }: TextFieldProps) {
  const id = useId()
  const said = problem ?? hint
  return (
    <div className={className}>
      <label htmlFor={id} className="mb-1.5 block text-sm font-medium">
        {label}
      </label>
      <input
        id={id}
        {...rest}
        aria-invalid={problem != null || undefined}
        aria-describedby={said === undefined ? undefined : `${id}-said`}
        className="h-11 w-full rounded-lg border border-edge bg-raised px-3.5 text-base transition outline-none focus:border-accent focus:ring-2 focus:ring-accent/25 read-only:bg-sunk read-only:text-soft aria-invalid:border-danger"
      />
      {said !== undefined && (
        <p id={`${id}-said`} className={`mt-1.5 text-sm ${problem == null ? 'text-faint' : 'text-danger'}`}>
          {said}
        </p>
      )}
    </div>
  )
}
