/**
 * The core: hubs, rooms, members, policies; the protocols and the memory engine; the contracts that transports, protocols and engines keep.
 *
 * @module chathub
 */
export { memory } from './engines/memory.js';
export type { EngineStatus } from './hub/engine-watch.js';
export type { LatencyHistogram } from './hub/histogram.js';
export { ChatHub, type CloseOptions, type HubStatus, type Listening } from './hub/hub.js';
export type { HubEvents } from './hub/hub-events.js';
export type { RoomFacts, SessionFacts } from './hub/inspection.js';
export type { ConnectionFacts } from './hub/link.js';
export { type JoinOptions, Member, type NoticeOptions } from './hub/member.js';
export type { HubMetrics } from './hub/metrics.js';
export type { HubOptions } from './hub/options.js';
export type {
  AuthenticateRequest,
  ModerationAction,
  Policies,
  PolicyContext,
  SendDraft,
  UserFacts,
} from './hub/policies.js';
export type { RemoteMember, UserHandle } from './hub/remote.js';
export type { HandledRequest } from './hub/requests.js';
export {
  type AmendOptions,
  type HistoryOptions,
  Room,
  type RoomSendOptions,
  type SearchOptions,
  type SearchPage,
  type SignalOptions,
} from './hub/room.js';
export type { RoomEvents } from './hub/room-listeners.js';
export type { Sanction, Sanctioned, SanctionOptions } from './hub/sanctions.js';
export type {
  AuthCommand,
  BlockCommand,
  BlockedCommand,
  Command,
  CommandOf,
  DeleteCommand,
  DirectCommand,
  EditCommand,
  HelloCommand,
  HistoryCommand,
  JoinCommand,
  LeaveCommand,
  MembersCommand,
  MessageCommand,
  ModerateCommand,
  NickCommand,
  PingCommand,
  QuitCommand,
  ReactCommand,
  ReadCommand,
  RefreshCommand,
  RequestCommand,
  RoomsCommand,
  SearchCommand,
  SendCommand,
  SignalCommand,
  TopicCommand,
} from './model/commands.js';
export type {
  Author,
  Deletion,
  DirectMessage,
  Edit,
  Entry,
  EntryDraft,
  JsonValue,
  Message,
  Position,
  Reaction,
} from './model/entry.js';
export { ChatError, type ChatErrorOptions, type ErrorCode, errorCodes, OptionError } from './model/errors.js';
export type {
  BlockedEvent,
  ByeEvent,
  ErrorEvent,
  FoundEvent,
  GapEvent,
  HistoryEvent,
  JoinedEvent,
  JoinedFacts,
  LeftEvent,
  MembersEvent,
  NoticeEvent,
  OkEvent,
  PongEvent,
  PresenceEvent,
  ReadEvent,
  RenamedEvent,
  ResetEvent,
  ResponseEvent,
  RoomsEvent,
  SentEvent,
  ServerEvent,
  SignalEvent,
  Topic,
  TopicEvent,
  WelcomeEvent,
} from './model/events.js';
export { type LimitName, type Limits, limitTable } from './model/limits.js';
export { mentionsIn } from './model/mentions.js';
export type {
  AnyRequests,
  HandlerResult,
  RequestData,
  RequestMap,
  RequestParameters,
  RequestResult,
  StandardSchema,
} from './model/requests.js';
export { matchesSearch, parseSearch, type SearchTerm, searchWords } from './model/search.js';
export type { Clock, Scheduler } from './ports/clock.js';
export type {
  Appended,
  CountRange,
  Durability,
  Engine,
  EngineContext,
  EngineFacts,
  EngineLoss,
  EngineState,
  Fence,
  Follower,
  FollowHandler,
  LogNames,
  LogPage,
  LogRange,
  LogSearch,
  MessageLog,
  NameOwner,
  OpenEngine,
  Presence,
  PresenceChange,
  PresenceHandler,
  PresenceList,
  PresenceWatch,
  RoomPage,
  SessionRecord,
  SharedState,
  Signals,
} from './ports/engine.js';
export type { Protocol, ProtocolPeer, ProtocolSession, SlowConsumerPolicy } from './ports/protocol.js';
export type { CommandTrace, TraceStep, Tracing } from './ports/tracing.js';
export type {
  Accept,
  BadFrame,
  ClientCertificate,
  CloseReason,
  Connection,
  ConnectionHandler,
  Framed,
  Framing,
  HandshakeRequest,
  Transport,
  TransportContext,
} from './ports/transport.js';
export { json } from './protocols/json/index.js';
export { lines } from './protocols/lines/index.js';
export { plainText } from './protocols/plain-text.js';
