/** In place of the composer, for whom sending would only be refused. */
export function ViewersNote({ workspace }: { workspace: string }) {
  return <p className="rounded-2xl border border-line bg-raised px-5 py-4 text-sm wrap-anywhere text-soft">As a viewer of {workspace} you can read here, not write. Ask an owner or admin to make you a member, or go to a workspace of your own at the foot of the list.</p>
}
