import type { APIGatewayProxyEventV2WithJWTAuthorizer } from "aws-lambda"
import * as z from "zod/mini"
import { Problem } from "../../contract/errors.ts"
import { type Actor, type RouteName, routes } from "../../contract/routes.ts"
import { identifier } from "../../protocol/primitives.ts"
import { memberNamed, type SignedInMember } from "../domain/member-names.ts"

/** Who calls, as the identity manager vouches: a patient by id, a professional by the hash of their public key, a practice's member by both ids. */
export interface Actors {
  nobody: null
  patient: { patientId: string }
  hcp: { account: string }
  member: SignedInMember
}
export type ActorOf<N extends RouteName> = Actors[(typeof routes)[N]["actor"]]

const hexHash = z.string().check(z.regex(/^[0-9a-f]{64}$/))
const accessToken = <S extends z.core.$ZodType>(username: S) => z.object({ token_use: z.literal("access"), username })
/** API Gateway hands every claim on as text. */
const memberToken = z.extend(accessToken(z.string()), { iat: z.coerce.number().check(z.int(), z.nonnegative()) })

const actors: { [A in Actor]: (claims: unknown) => Actors[A] | undefined } = {
  nobody: () => null,
  patient: (claims) => {
    const token = z.safeParse(accessToken(identifier), claims)
    return token.success ? { patientId: token.data.username } : undefined
  },
  hcp: (claims) => {
    const token = z.safeParse(accessToken(hexHash), claims)
    return token.success ? { account: token.data.username } : undefined
  },
  member: (claims) => {
    const token = z.safeParse(memberToken, claims)
    const member = token.success ? memberNamed(token.data.username) : undefined
    return token.success && member !== undefined ? { ...member, issuedAt: token.data.iat } : undefined
  },
}

/** API Gateway has verified the token's signature, issuer, client and expiry; which pool it may come from is the route's authorizer. */
export const actorOf = <N extends RouteName>(
  name: N,
  event: Pick<APIGatewayProxyEventV2WithJWTAuthorizer, "requestContext">,
): ActorOf<N> => {
  const actor = actors[routes[name].actor](event.requestContext.authorizer?.jwt?.claims)
  if (actor === undefined) throw new Problem("unauthenticated")
  // oxlint-disable-next-line typescript/consistent-type-assertions -- the table above is indexed by the route's actor; TypeScript can't follow the index
  return actor as ActorOf<N>
}
