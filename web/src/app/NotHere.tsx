import { Link } from '@tanstack/react-router'
import { Mark } from '@/ui/Mark'

export function NotHere() {
  return (
    <main className="mx-auto flex h-full max-w-md flex-col justify-center gap-4 px-6">
      <Mark size={36} />
      <h1 className="font-serif text-3xl font-semibold">There is nothing at this address</h1>
      <p><Link to="/" className="font-medium text-accent underline underline-offset-4">Back to the table</Link></p>
    </main>
  )
}
