import { useCallback, useState } from 'react'

const KEY = 'tertulia.list'

export function useListShown(): [shown: boolean, show: (yes: boolean) => void] {
  const [shown, setShown] = useState(() => localStorage.getItem(KEY) !== 'hidden')
  const show = useCallback((yes: boolean) => {
    setShown(yes)
    if (yes) localStorage.removeItem(KEY)
    else localStorage.setItem(KEY, 'hidden')
  }, [])
  return [shown, show]
}
