import { useEffect, useState } from "preact/hooks"
import { useLocation } from "preact-iso"
import type { Bytes } from "../../../protocol/crypto/bytes.ts"
import type { Progress as Moved } from "../../../sdk/transfer/progress.ts"
import { formatBytes, formatMoment } from "../../shared/format.ts"
import { fileName, kindOf } from "../../shared/kind.ts"
import { onNetworkReturn } from "../../shared/online.ts"
import { Banner, TroubleBanner } from "../../shared/parts/Banner.tsx"
import { Button, LinkButton } from "../../shared/parts/Button.tsx"
import { ConfirmDialog } from "../../shared/parts/ConfirmDialog.tsx"
import { Screen } from "../../shared/parts/Frame.tsx"
import { Loading, Progress } from "../../shared/parts/Progress.tsx"
import { troubleOf } from "../../shared/problem.ts"
import { saveFile } from "../../shared/save-file.ts"
import { useDeed } from "../../shared/use-deed.ts"
import { useFragment } from "../../shared/use-fragment.ts"
import { sharedWords } from "../../shared/words/shared.ts"
import { DocumentView } from "../DocumentView.tsx"
import { offerWords } from "../offers/words.ts"
import { deleteDocument, documents, type Listed, placeOf, readDocument, versionsOf } from "../record-store.ts"
import { session } from "../state.ts"
import { words } from "../words/words.ts"

type Content =
  | { readonly state: "loading"; readonly moved?: Moved }
  | { readonly state: "ready"; readonly bytes: Bytes }
  | { readonly state: "failed"; readonly error: unknown }

const useContent = ({ descriptor }: Listed): Content => {
  const [content, setContent] = useState<Content>({ state: "loading" })
  const [round, setRound] = useState(0)
  const who = session.value
  const here = content.state === "ready"
  // What waits for its next try, or gave up, is begun again at once.
  useEffect(() => (here ? undefined : onNetworkReturn(() => setRound(round + 1))), [here, round])
  useEffect(() => {
    const stop = new AbortController()
    const read = async () => {
      try {
        const bytes = await readDocument(descriptor, {
          signal: stop.signal,
          onProgress: (moved) => setContent({ state: "loading", moved }),
        })
        if (!stop.signal.aborted) setContent({ state: "ready", bytes })
      } catch (error) {
        if (!stop.signal.aborted) setContent({ state: "failed", error })
      }
    }
    void read()
    return () => stop.abort()
  }, [placeOf(descriptor), who, round])
  return content
}

const Versions = ({ listed }: { listed: Listed }) => {
  const { document: says, record } = words.value
  const [versions, setVersions] = useState<readonly Listed[]>()
  const { busy, error, run } = useDeed()
  return (
    <details
      class="panel no-print"
      onToggle={({ currentTarget }) => {
        if (currentTarget.open && versions === undefined && !busy)
          run(async () => setVersions(await versionsOf(listed.descriptor)))
      }}
    >
      <summary>{says.versions}</summary>
      {busy && <Loading />}
      <TroubleBanner error={error} />
      <ul class="list">
        {versions?.map(({ descriptor, metadata }) => (
          <li key={placeOf(descriptor)} class="row row-between">
            <span>
              {says.version} {descriptor.version}:{" "}
              {metadata === undefined
                ? record.unreadable
                : `${metadata.title}, ${formatMoment(metadata.createdAt)}, ${formatBytes(metadata.size)}`}{" "}
              {descriptor.version === listed.descriptor.version && <span class="badge">{says.current}</span>}
            </span>
            {metadata !== undefined && (
              <Button
                aria-label={`${says.saveFile}: ${says.version} ${descriptor.version}`}
                onClick={() =>
                  run(async () =>
                    saveFile(
                      await readDocument(descriptor),
                      fileName(metadata.title, metadata.contentType),
                      metadata.contentType,
                    ),
                  )
                }
              >
                {says.saveFile}
              </Button>
            )}
          </li>
        ))}
      </ul>
    </details>
  )
}

const Facts = ({ listed }: { listed: Listed }) => {
  const { document: says, add } = words.value
  const { descriptor, metadata } = listed
  if (metadata === undefined) return null
  const facts = [
    [says.category, sharedWords.value.categories[descriptor.category]],
    [says.kind, add.kinds[kindOf(metadata.contentType)]],
    [says.added, formatMoment(metadata.createdAt)],
    [says.version, String(descriptor.version)],
    [says.size, formatBytes(metadata.size)],
  ]
  return (
    <details class="panel no-print">
      <summary>{says.facts}</summary>
      <dl class="facts">
        {facts.map(([label, value]) => (
          <div key={label}>
            <dt>{label}</dt>
            <dd>{value}</dd>
          </div>
        ))}
        <div>
          <dt>{says.fingerprint}</dt>
          <dd class="mono">{descriptor.sha256}</dd>
        </div>
      </dl>
      <p class="small">{says.verified}</p>
    </details>
  )
}

const Opened = ({ listed }: { listed: Listed }) => {
  const { document: says } = words.value
  const { print } = sharedWords.value
  const { route } = useLocation()
  const content = useContent(listed)
  const [asking, setAsking] = useState(false)
  const { busy, error, run } = useDeed()
  const { descriptor, metadata } = listed
  const ready = content.state === "ready" && metadata !== undefined
  const away =
    content.state === "failed" && ["offline", "unauthenticated"].includes(troubleOf(content.error).code ?? "offline")
  return (
    <>
      <div class="row no-print">
        {ready && <Button onClick={() => window.print()}>{print}</Button>}
        {ready && (
          <Button
            onClick={() =>
              saveFile(content.bytes, fileName(metadata.title, metadata.contentType), metadata.contentType)
            }
          >
            {says.saveFile}
          </Button>
        )}
        <LinkButton href={`/record/add#${descriptor.recordId}`}>{says.newVersion}</LinkButton>
        {ready && kindOf(metadata.contentType) === "fhir" && (
          <LinkButton href={`/summary/offers#${descriptor.recordId}`}>{offerWords.value.link}</LinkButton>
        )}
        {session.value !== undefined && (
          <Button look="plain" onClick={() => setAsking(true)}>
            {says.delete}
          </Button>
        )}
      </div>
      {content.state === "loading" &&
        (content.moved === undefined ? (
          <Loading />
        ) : (
          <Progress
            label={sharedWords.value.loading}
            bytes={content.moved.bytes}
            total={content.moved.total}
            secondsLeft={content.moved.secondsLeft}
          />
        ))}
      {content.state === "failed" &&
        (away ? (
          <Banner tone="warn">
            <p>{says.notHere}</p>
          </Banner>
        ) : (
          <TroubleBanner error={content.error} />
        ))}
      {ready && (
        <DocumentView
          bytes={content.bytes}
          contentType={metadata.contentType}
          title={metadata.title}
          author={metadata.author}
        />
      )}
      <Facts listed={listed} />
      {session.value !== undefined && <Versions listed={listed} />}
      <ConfirmDialog
        open={asking}
        title={says.deleteTitle}
        confirm={says.deleteConfirm}
        busy={busy}
        error={error}
        onConfirm={() =>
          run(async () => {
            await deleteDocument(descriptor)
            route("/record")
          })
        }
        onClose={() => setAsking(false)}
      >
        <p class="strong">{metadata?.title}</p>
        <p>{says.deleteText}</p>
      </ConfirmDialog>
    </>
  )
}

export const OpenDocument = () => {
  const { document: says, record } = words.value
  const fragment = useFragment()
  const listed = documents.value?.find(({ descriptor }) => descriptor.recordId === fragment)
  if (documents.value === undefined) return <Loading />
  if (listed === undefined) return <Screen title={says.unknown}>{null}</Screen>
  return (
    <Screen key={fragment} title={listed.metadata?.title ?? record.unreadable}>
      <Opened listed={listed} />
    </Screen>
  )
}
