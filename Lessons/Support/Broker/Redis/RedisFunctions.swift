/// What a ``RedisBroker`` has Redis do. Each function is one step: all of it happens, or nothing.
///
/// In Redis, where `q` is the queue's name:
///
/// | key | what it is |
/// |---|---|
/// | `q:job:<id>` | a hash: all that is known of a job. It expires some time after its end |
/// | `q:jobs:0`, `:5`, `:9` | a stream for each priority, with the ids of jobs that are queued or run |
/// | `q:later` | a sorted set: ids of jobs that wait, by the time at which they are due |
/// | `q:dead` | a stream: jobs that failed for good |
/// | `q:ids`, `q:ends` | sorted sets: ids by their number, and by when they are forgotten |
/// | `q:counts`, `q:workers` | totals; workers by how long they are taken to live |
///
/// The streams have one consumer group. Who has read an entry and says nothing about it for the time
/// of visibility loses it to whoever asks next (`XAUTOCLAIM`). All times are those of the server.
enum RedisFunctions {
  /// Changed together with the code: two versions may share a server.
  static let prefix = "awb1_"

  /// Redis 7 keeps it, and writes it into its append-only file.
  static let library = """
    #!lua name=async_workbook_1

    local priorities = {'0', '5', '9'}
    local group = 'workers'

    local function now()
      local time = redis.call('TIME')
      return time[1] * 1000 + math.floor(time[2] / 1000)
    end

    local function stream(q, priority) return q .. ':jobs:' .. priority end
    local function job(q, id) return q .. ':job:' .. id end
    local function count(q, what) redis.call('HINCRBY', q .. ':counts', what, 1) end

    local function bury(q, id, name, reason, attempts)
      redis.call('XADD', q .. ':dead', 'MAXLEN', '~', 10000, '*',
        'id', id, 'name', name, 'error', reason, 'attempts', attempts)
    end

    local function enqueue(q, id)
      local key = job(q, id)
      local priority = redis.call('HGET', key, 'priority')
      if not priority then return end
      local entry = redis.call('XADD', stream(q, priority), '*', 'id', id)
      redis.call('HSET', key, 'state', 'queued', 'entry', entry)
    end

    -- Takes a job out of its stream, and out of its worker's hands.
    local function unlink(q, key)
      local known = redis.call('HMGET', key, 'priority', 'entry')
      if not known[2] then return end
      redis.call('XACK', stream(q, known[1]), group, known[2])
      redis.call('XDEL', stream(q, known[1]), known[2])
      redis.call('HDEL', key, 'entry')
    end

    local function finish(q, id, state, lifetime, reason)
      local key = job(q, id)
      unlink(q, key)
      redis.call('ZREM', q .. ':later', id)
      redis.call('HSET', key, 'state', state)
      if reason then redis.call('HSET', key, 'error', reason) end
      if state == 'failed' then
        local known = redis.call('HMGET', key, 'name', 'error', 'lease')
        bury(q, id, known[1], known[2] or '', known[3])
      end
      redis.call('PEXPIRE', key, lifetime)
      redis.call('ZADD', q .. ':ends', now() + lifetime, id)
      count(q, state)
    end

    local function forget(q, time)
      local old = redis.call('ZRANGEBYSCORE', q .. ':ends', '-inf', time, 'LIMIT', 0, 100)
      for _, id in ipairs(old) do
        redis.call('ZREM', q .. ':ends', id)
        -- It may have been submitted anew.
        if redis.call('EXISTS', job(q, id)) == 0 then redis.call('ZREM', q .. ':ids', id) end
      end
    end

    local function submit(keys, args)
      local q, id = keys[1], args[1]
      local key, time = job(q, id), now()
      forget(q, time)
      if redis.call('EXISTS', key) == 1 then return 0 end
      local deadline = tonumber(args[6])
      if deadline > 0 then deadline = time + deadline end
      redis.call('HSET', key, 'name', args[2], 'payload', args[3], 'priority', args[4],
        'retries', args[5], 'deadline', deadline, 'lease', 0, 'failures', 0)
      local number = redis.call('HINCRBY', q .. ':counts', 'submitted', 1)
      redis.call('ZADD', q .. ':ids', number, id)
      local delay = tonumber(args[7])
      if delay > 0 then
        redis.call('HSET', key, 'state', 'waiting')
        redis.call('ZADD', q .. ':later', time + delay, id)
      else
        enqueue(q, id)
      end
      return 1
    end

    -- Puts an entry into a worker's hands, unless there is a reason against it.
    local function deliver(q, worker, priority, entry, isOrphan, limits, out)
      local fields = entry[2]
      local id = fields and fields[1] == 'id' and fields[2] or false
      local key = id and job(q, id)
      local known = id and redis.call('HMGET', key, 'name', 'payload', 'retries', 'failures',
        'lease', 'deadline', 'abort', 'entry') or {}
      if known[8] ~= entry[1] then
        -- Nobody of ours has written that.
        redis.call('XACK', stream(q, priority), group, entry[1])
        redis.call('XDEL', stream(q, priority), entry[1])
        if not known[1] then
          bury(q, id or entry[1], '?', 'not a job that anybody has submitted', 0)
          count(q, 'failed')
        end
        return
      end
      local deadline = tonumber(known[6])
      if known[7] then
        finish(q, id, 'aborted', limits.lifetime)
      elseif isOrphan and tonumber(known[5]) >= limits.deliveries then
        finish(q, id, 'failed', limits.lifetime,
          'given up: delivered ' .. known[5] .. ' times, and never settled')
      elseif deadline > 0 and now() >= deadline then
        finish(q, id, 'failed', limits.lifetime, 'expired before a worker could begin')
      else
        local lease = redis.call('HINCRBY', key, 'lease', 1)
        redis.call('HSET', key, 'state', 'running', 'worker', worker)
        if isOrphan then count(q, 'redelivered') end
        out[#out + 1] = {id, known[1], known[2], priority, known[3], known[4], lease,
          isOrphan and 1 or 0}
      end
    end

    local function receive(keys, args)
      local q, worker, limit = keys[1], args[1], tonumber(args[2])
      local limits = {lifetime = tonumber(args[4]), deliveries = tonumber(args[5])}
      local time, out, last = now(), {}, {}
      forget(q, time)
      local due = redis.call('ZRANGEBYSCORE', q .. ':later', '-inf', time, 'LIMIT', 0, 100)
      for _, id in ipairs(due) do
        redis.call('ZREM', q .. ':later', id)
        enqueue(q, id)
      end
      for _, priority in ipairs(priorities) do
        local key, cursor = stream(q, priority), '0-0'
        redis.pcall('XGROUP', 'CREATE', key, group, '0', 'MKSTREAM')
        for _ = 1, 100 do
          if #out >= limit then break end
          local claimed = redis.call('XAUTOCLAIM', key, group, worker, args[3], cursor,
            'COUNT', limit - #out)
          for _, entry in ipairs(claimed[2]) do
            deliver(q, worker, priority, entry, true, limits, out)
          end
          cursor = claimed[1]
          if cursor == '0-0' then break end
        end
        while #out < limit do
          local read = redis.call('XREADGROUP', 'GROUP', group, worker, 'COUNT', limit - #out,
            'STREAMS', key, '>')
          if not read or #read == 0 then break end
          for _, entry in ipairs(read[1][2]) do
            deliver(q, worker, priority, entry, false, limits, out)
          end
        end
        local info = redis.call('XINFO', 'STREAM', key)
        for index = 1, #info, 2 do
          if info[index] == 'last-generated-id' then last[#last + 1] = info[index + 1] end
        end
      end
      local next = redis.call('ZRANGE', q .. ':later', 0, 0, 'WITHSCORES')
      return {out, last, next[2] and math.max(0, tonumber(next[2]) - time) or -1}
    end

    local function renew(keys, args)
      local q, id = keys[1], args[1]
      local known = redis.call('HMGET', job(q, id), 'state', 'lease', 'priority', 'entry', 'abort')
      if known[1] ~= 'running' or known[2] ~= args[2] then return 'lost' end
      redis.call('XCLAIM', stream(q, known[3]), group, args[3], 0, known[4], 'JUSTID')
      return known[5] and 'toBeAborted' or 'held'
    end

    local function settle(keys, args)
      local q, id, kind, text = keys[1], args[1], args[3], args[4]
      local key, lifetime = job(q, id), args[6]
      local known = redis.call('HMGET', key, 'state', 'lease', 'abort')
      if known[1] ~= 'running' or known[2] ~= args[2] then return 0 end
      if kind == 'succeeded' then
        redis.call('HSET', key, 'value', text)
        redis.call('HDEL', key, 'error')
        finish(q, id, 'succeeded', lifetime)
      elseif kind == 'failed' then
        finish(q, id, 'failed', lifetime, text)
      elseif kind == 'aborted' or known[3] then
        finish(q, id, 'aborted', lifetime)
      elseif kind == 'retry' then
        unlink(q, key)
        redis.call('HINCRBY', key, 'failures', 1)
        redis.call('HSET', key, 'state', 'waiting', 'error', text)
        redis.call('ZADD', q .. ':later', now() + tonumber(args[5]), id)
        count(q, 'retried')
      else
        unlink(q, key)
        enqueue(q, id)
      end
      return 1
    end

    local function abort(keys, args)
      local q, id = keys[1], args[1]
      local state = redis.call('HGET', job(q, id), 'state')
      if state == 'running' then
        redis.call('HSET', job(q, id), 'abort', 1)
      elseif state == 'queued' or state == 'waiting' then
        finish(q, id, 'aborted', args[2])
      else
        return 0
      end
      return 1
    end

    local function status(keys, args)
      return redis.call('HMGET', job(keys[1], args[1]), 'name', 'state', 'lease', 'value',
        'error', 'worker')
    end

    local function jobs(keys, args)
      local out = {}
      for _, id in ipairs(redis.call('ZREVRANGE', keys[1] .. ':ids', 0, args[1] - 1)) do
        out[#out + 1] = {id, status(keys, {id})}
      end
      return out
    end

    local function counts(keys)
      local q, present, running = keys[1], 0, 0
      for _, priority in ipairs(priorities) do
        present = present + redis.call('XLEN', stream(q, priority))
        local pending = redis.pcall('XPENDING', stream(q, priority), group)
        if not pending.err then running = running + pending[1] end
      end
      return {redis.call('HGETALL', q .. ':counts'), present - running,
        redis.call('ZCARD', q .. ':later'), running}
    end

    local function beat(keys, args)
      return redis.call('ZADD', keys[1] .. ':workers', now() + tonumber(args[2]), args[1])
    end

    local function workers(keys)
      redis.call('ZREMRANGEBYSCORE', keys[1] .. ':workers', '-inf', now())
      return redis.call('ZRANGE', keys[1] .. ':workers', 0, -1)
    end

    local function register(name, body, flags)
      redis.register_function{function_name = 'awb1_' .. name, callback = body, flags = flags}
    end

    register('submit', submit, {})
    -- A full Redis takes no more jobs, and lets those end that it has: that makes room.
    register('receive', receive, {'allow-oom'})
    register('renew', renew, {'allow-oom'})
    register('settle', settle, {'allow-oom'})
    register('abort', abort, {'allow-oom'})
    register('status', status, {'no-writes'})
    register('jobs', jobs, {'no-writes'})
    register('counts', counts, {'no-writes'})
    register('beat', beat, {'allow-oom'})
    register('workers', workers, {'allow-oom'})
    """
}
