import { useSyncExternalStore } from 'react'
import { IconButton } from './IconButton'
import { act, dismiss, toasts } from './toast'

export function Toaster() {
  const toast = useSyncExternalStore(toasts.subscribe, toasts.current)
  return (
    <div role="status" className="pointer-events-none fixed inset-x-0 bottom-24 z-40 flex justify-center px-4">
      {toast !== null && (
        <div key={toast.id} className="rises pointer-events-auto flex max-w-md items-center gap-2 rounded-xl bg-ink py-1 pr-1 pl-4 text-sm text-paper shadow-float">
          <span className="line-clamp-4 py-2 wrap-anywhere">{toast.text}</span>
          {toast.action !== null && (
            <button type="button" onClick={act} className="rounded-lg px-3 py-2 font-semibold underline underline-offset-4">
              {toast.action.label}
            </button>
          )}
          <IconButton icon="close" label="Dismiss" size="small" className="text-paper hover:bg-paper/15 hover:text-paper" onClick={dismiss} />
        </div>
      )}
    </div>
  )
}
