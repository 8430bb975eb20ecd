import type { Role } from '@/api/types'

const ROLES: readonly Role[] = ['viewer', 'member', 'admin', 'owner']

interface RoleSelectProps {
  label: string
  value: Role
  onChange: (role: Role) => void
  tall?: boolean
}

export function RoleSelect({ label, value, onChange, tall = false }: RoleSelectProps) {
  return (
    <select aria-label={label} value={value} onChange={(event) => { onChange(event.target.value as Role) }} className={`${tall ? 'h-11' : 'h-9'} rounded-lg border border-edge bg-raised px-2.5 text-sm capitalize`}>
      {ROLES.map((role) => <option key={role} value={role}>{role}</option>)}
    </select>
  )
}
