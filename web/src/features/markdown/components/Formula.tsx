import { useLayoutEffect, useRef, useState } from 'react'
import { lazyPart } from '../hooks/whenLoaded'

const useTypesetter = lazyPart(() => import('../parse/typesetter'))

interface FormulaProps {
  source: string
  display?: boolean
}

/** A formula, set by KaTeX when it has come; before that, and where KaTeX cannot read it, its source. */
export function Formula({ source, display = false }: FormulaProps) {
  const typesetter = useTypesetter()
  const place = useRef<HTMLSpanElement>(null)
  const [readable, setReadable] = useState(true)

  useLayoutEffect(() => {
    if (typesetter !== null && place.current !== null) setReadable(typesetter.typeset(place.current, source, display))
  }, [typesetter, source, display])

  const set = typesetter !== null && readable
  return (
    <span className={display ? 'formula-block block' : undefined} tabIndex={display ? 0 : undefined} role={display ? 'group' : undefined} aria-label={display ? 'Formula' : undefined}>
      {!set && <code>{source}</code>}
      <span ref={place} hidden={!set} />
    </span>
  )
}
