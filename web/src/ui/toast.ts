/** Short words at the foot of the page, one at a time, with at most one thing to do. */
export interface ToastAction {
  label: string
  run: () => void
}

export interface Toast {
  id: number
  text: string
  action: ToastAction | null
}

const STAY = 8000
let current: Toast | null = null
let timer = 0
let count = 0
const listeners = new Set<() => void>()

export function toast(text: string, action: ToastAction | null = null): void {
  clearTimeout(timer)
  count += 1
  show({ id: count, text, action })
  timer = window.setTimeout(dismiss, STAY)
}

export function dismiss(): void {
  clearTimeout(timer)
  show(null)
}

export function act(): void {
  const taken = current
  dismiss()
  taken?.action?.run()
}

export const toasts = {
  subscribe: (listener: () => void) => {
    listeners.add(listener)
    return () => listeners.delete(listener)
  },
  current: () => current,
}

function show(toast: Toast | null): void {
  current = toast
  listeners.forEach((listener) => { listener() })
}
