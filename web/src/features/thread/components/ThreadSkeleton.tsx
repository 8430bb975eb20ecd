/** Stands where the conversation will be; appears only when it takes a moment. */
export function ThreadSkeleton() {
  return (
    <div role="status" className="rises flex flex-col gap-4 [animation-delay:250ms] [animation-fill-mode:both]">
      <span className="sr-only">Loading the conversation</span>
      {['w-2/5', 'w-full', 'w-11/12', 'w-4/5'].map((width) => (
        <span key={width} className={`h-4 rounded bg-hover ${width} ${width === 'w-2/5' ? 'mb-3' : ''}`} />
      ))}
    </div>
  )
}
