/** The product's words, as the server's OpenAPI document defines them. */
import type { components } from './generated/schema'

type Schemas = components['schemas']

export type Role = Schemas['Role']
export type User = Schemas['User']
export type Workspace = Schemas['Workspace']
export type Me = Schemas['Me']
export type Session = Schemas['Session']
export type Member = Schemas['Member']
export type ApiKey = Schemas['ApiKey']
export type Conversation = Schemas['ConversationView']
export type SearchHit = Schemas['SearchHit']
export type Message = Schemas['MessageView']
export type Explanation = Schemas['ExplanationView']
export type MessageWarning = Schemas['MessageWarning']
export type Usage = Schemas['UsageView']
export type Money = Schemas['MoneyView']
export type Model = Schemas['ModelShown']
export type KnowledgeBase = Schemas['KnowledgeBaseView']
export type KnowledgeDocument = Schemas['DocumentView']
export type FoundPassage = Schemas['FoundPassage']
export type Passages = Schemas['PassagesView']
export type Privacy = Schemas['PrivacyView']
export type Assistant = Schemas['AssistantSettings']
export type RoutingChange = Schemas['RoutingSettings']
export type Routing = Schemas['RoutingView']
export type AnswerCache = Schemas['AnswerCacheSettings']
export type PrivacyChange = Schemas['PrivacyChange']
export type PrivacyFinding = Schemas['FindingView']
export type PrivacyAction = Schemas['Finding']['action']
export type OwnProvider = Schemas['OwnProviderView']
export type OwnProviderChange = Schemas['OwnProviderChange']
export type EvaluationSet = Schemas['EvaluationSetView']
export type EvaluationSetSummary = Schemas['EvaluationSetSummary']
export type EvaluationSetContent = Schemas['EvaluationSetContent']
export type EvaluationRun = Schemas['EvaluationRunView']
export type EvaluationRunDetails = Schemas['EvaluationRunDetails']
export type EvaluationFigure = Schemas['EvaluationFigure']
export type EvaluationResult = Schemas['EvaluationResultView']
export type EvaluationPassage = Schemas['EvaluationPassage']
export type EvaluationAnswer = Schemas['EvaluationAnswer']
export type EvaluationAnswerJudgement = Schemas['EvaluationAnswerJudgement']
export type EvaluationClaim = Schemas['EvaluationClaim']
export type SourcePart = Schemas['SourcePart']

export interface Page<T> {
  data: T[]
  has_more: boolean
  first_id: string | null
  last_id: string | null
}
